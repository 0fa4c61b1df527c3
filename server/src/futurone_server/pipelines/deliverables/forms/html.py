"""A deliverable as a page."""

from futurone_server.pipelines.deliverables.account import put_into_page
from futurone_server.pipelines.deliverables.order import Order
from futurone_server.pipelines.deliverables.page import page


def write(order: Order) -> bytes:
    """The stored page, or one that is made now, with the account of its making."""
    return put_into_page(order.page or page(order.title, order.markdown), order.provenance).encode()
