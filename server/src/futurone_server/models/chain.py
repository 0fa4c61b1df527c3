"""A chain of models that answers as one: what one of them cannot do the next one does, also in the middle of a stream.

It stands where an agent's model stands, so that each single request fails over by itself: after tool calls the next
model goes on with the same conversation, and no tool is used twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.settings import ModelSettings, merge_model_settings

from futurone_server.models.breaker import Breaker
from futurone_server.models.counting import estimated_tokens
from futurone_server.models.failures import Failed, all_failed, failure_of
from futurone_server.models.listed import Listed
from futurone_server.models.port import Ask, Call, Estimate, Listener, ModelError, Usage
from futurone_server.models.prices import price_of
from futurone_server.models.reading import Reading


@dataclass(frozen=True, kw_only=True)
class Link:
    """One model of a chain: as it was configured, and what can be asked."""

    listed: Listed
    model: Model

    @property
    def name(self) -> str:
        """What logs and events call it."""
        return self.listed.name


class ChainFailedError(Exception):
    """Every model of the chain failed; carries what is told of it through the agent that asked."""

    def __init__(self, error: ModelError) -> None:
        super().__init__(error.reason_code)
        self.error = error


class Chain(FallbackModel):
    """The models of one class of work for one thing asked."""

    def __init__(self, links: Sequence[Link], breaker: Breaker, ask: Ask, listener: Listener) -> None:
        super().__init__(links[0].model, *[link.model for link in links[1:]])
        self.answering = links[0]
        self._links = {link.name: link for link in links}
        self._breaker = breaker
        self._ask = ask
        self._listener = listener
        self._has_shown = False

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """One answer from the first model that gives one. Raises ChainFailedError, and what the listener raised."""
        self._void()  # what went before in this conversation was no final text
        failures: list[tuple[str, Failed]] = []
        for name in self._breaker.order(list(self._links)):
            link = self._links[name]
            self._turn_to(link, failures)
            self._breaker.begin(name)
            try:
                response = await self._one(link, messages, model_settings, model_request_parameters)
            except Exception as error:
                failed = failure_of(error)
                if failed is None:
                    self._breaker.drop(name)
                    raise
                if failed.is_of_model:
                    self._breaker.fail(name, failed.reason, failed.after_s)
                else:
                    self._breaker.succeed(name)
                self._void()
                failures.append((name, failed))
            except BaseException:
                self._breaker.drop(name)
                raise
            else:
                self._breaker.succeed(name)
                return response
        raise ChainFailedError(all_failed(failures))

    def _void(self) -> None:
        if self._has_shown:
            self._listener.reset()
            self._has_shown = False

    def _turn_to(self, link: Link, failures: Sequence[tuple[str, Failed]]) -> None:
        """Say so when another model takes over."""
        if link.name == self.answering.name:
            return
        reason = failures[-1][1].reason if failures else self._breaker.reason(self.answering.name)
        self._listener.substituted(self.answering.name, link.name, reason)
        self.answering = link

    async def _one(
        self,
        link: Link,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """One request to one model, paid for whatever comes of it."""
        price = price_of(link.listed)
        given = estimated_tokens(messages, parameters)
        most = Usage(input_tokens=given, output_tokens=self._ask.answer_tokens_max)
        call = Call(model=link.name, routing=self._ask.routing, outcome="ok", usage=most, price=price, latency_ms=0)
        tokens = most.input_tokens + most.output_tokens
        await self._listener.reserve(Estimate(model=link.name, tokens=tokens, cost_usd=call.cost_usd, call=call))
        began = self._breaker.monotonic()
        outcome = "CANCELLED"
        reading = Reading(self._show, given_tokens=given, answer_tokens_max=self._ask.answer_tokens_max)
        try:
            settings = merge_model_settings(link.model.settings, model_settings)
            response = await reading.read(link.model, messages, settings, parameters)
            outcome = "ok"
        except Exception as error:
            failed = failure_of(error)
            outcome = failed.reason if failed else "DEFECT"
            raise
        finally:
            latency_ms = round((self._breaker.monotonic() - began) * 1000)
            settled = Call(
                model=link.name,
                routing=self._ask.routing,
                outcome=outcome,
                usage=reading.usage,
                price=price,
                latency_ms=latency_ms,
            )
            await self._listener.settle(settled)
        return response

    def _show(self, text: str) -> None:
        """A piece of text for the listener; objects are not shown as they come."""
        if self._ask.schema is None and text:
            self._has_shown = True
            self._listener.delta(text)
