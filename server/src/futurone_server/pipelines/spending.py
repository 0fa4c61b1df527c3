"""What a run may spend on models: reserved before each call and settled after it, so that no two overspend."""

from dataclasses import replace
from decimal import Decimal

from futurone_server.features.runs import Budget, Spent
from futurone_server.models.port import Call, Estimate
from futurone_server.pipelines.outcomes import LimitExceededError, StepFailedError


class Spending:
    """One run's tokens and money."""

    def __init__(self, spent: Spent, budget: Budget) -> None:
        self.spent = spent
        self._tokens_max = budget.max_tokens
        self._cost_max = None if budget.max_cost_usd is None else Decimal(str(budget.max_cost_usd))
        self._reserved: dict[object, Estimate] = {}

    def reserve(self, estimate: Estimate) -> object:
        """Set aside what a call may use at most; returns what ``settle`` wants back.

        Raises LimitExceededError where that is more than is left, and StepFailedError (PRICE_UNKNOWN) where the run has
        a budget in money and nobody knows what the model costs: a bound that cannot be kept must not be promised.
        """
        held = self._reserved.values()
        if self._tokens_max is not None:
            left = self._tokens_max - self.spent.tokens - sum(one.tokens for one in held)
            if estimate.tokens > left:
                raise LimitExceededError(
                    f"The run may use {self._tokens_max} tokens; {max(left, 0)} are left, and the next call"
                    f" may need {estimate.tokens}."
                )
        if self._cost_max is not None:
            if estimate.cost_usd is None:
                raise StepFailedError(
                    "PRICE_UNKNOWN",
                    f"The run has a budget in money, and the price of {estimate.model} is not known: give it in"
                    " FUTURONE_MODELS (price=…), or bound the run by max_tokens.",
                )
            left_usd = self._cost_max - self.spent.cost_usd - sum((one.cost_usd or Decimal(0)) for one in held)
            if estimate.cost_usd > left_usd:
                raise LimitExceededError(
                    f"The run may cost ${self._cost_max}; ${max(left_usd, Decimal(0)):.4f} are left, and the next call"
                    f" may cost ${estimate.cost_usd:.4f}."
                )
        ticket = object()
        self._reserved[ticket] = estimate
        return ticket

    def release(self, ticket: object) -> None:
        """Give back what was set aside for a call that is not made."""
        self._reserved.pop(ticket, None)

    def settle(self, ticket: object, call: Call) -> Spent:
        """Replace a reservation by what was used; returns the sum so far."""
        self._reserved.pop(ticket, None)
        self.spent = _with(self.spent, call)
        return self.spent

    def settle_lost(self, call: Call) -> None:
        """Count a call that a dead worker left; what was sent with it, ``so_far`` had counted when it began."""
        self.spent = _with(self.spent, replace(call, usage=replace(call.usage, input_tokens=0)))

    @property
    def so_far(self) -> Spent:
        """What was used, and what was sent with calls under way: what the run has to pay if nothing more is heard."""
        total = self.spent
        for call in (one.call for one in self._reserved.values() if one.call is not None):
            total = _with(total, replace(call, usage=replace(call.usage, output_tokens=0)))
        return total


def _with(spent: Spent, call: Call) -> Spent:
    cost = call.cost_usd
    used_any = call.usage.input_tokens + call.usage.output_tokens > 0
    return Spent(
        input_tokens=spent.input_tokens + call.usage.input_tokens,
        output_tokens=spent.output_tokens + call.usage.output_tokens,
        cost_usd=spent.cost_usd + (cost or Decimal(0)),
        is_priced=spent.is_priced and (cost is not None or not used_any),
    )
