"""The rooms: the rules of the product, one room per noun."""
