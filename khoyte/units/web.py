"""The gate every route passes: `guarded("action")` on a view.

It asks the policy whether the actor may do this at all, then opens the tenant's transaction. What the act is
about is decided inside, with facts, by `allow`. A route without this mark fails the test of routes.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Protocol, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import Resolver404, resolve

from khoyte.units.errors import Refused
from khoyte.units.policy import Actor, Facts, decide
from khoyte.units.tenancy import speaking_as


class ActingRequest(HttpRequest):
    """A request as views get it: the middlewares have said who asks, in which language, under which
    number.
    """

    actor: Actor
    reference: str
    LANGUAGE_CODE: str
    # Read by Django's own protection against forged requests.
    _dont_enforce_csrf_checks: bool


READING = ("GET", "HEAD")
FORM = (*READING, "POST")

Handler = Callable[[ActingRequest], HttpResponse]
View = Callable[..., HttpResponseBase]


class MarkedView(Protocol):
    """A view that says which act it performs; None for a public one."""

    guarded_action: str | None

    def __call__(self, *args: Any, **kwargs: Any) -> HttpResponseBase: ...


def guarded(
    action: str, *, transaction: bool = True, methods: Sequence[str] = FORM
) -> Callable[[View], MarkedView]:
    """Mark a view with the act it performs. Raises Refused, which the edges answer.

    `transaction=False` is for views that manage their own (receipt of large bodies, waiting for a verdict).
    `methods` are those a page takes, READING where it changes nothing; the API knows its own by route.
    """

    def mark(view: View) -> MarkedView:
        @wraps(view)
        def gate(request: ActingRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            allow(request.actor, action)
            if not _takes(request, methods):
                return HttpResponseNotAllowed(methods)
            forged = _forged(request)
            if forged is not None:
                return forged
            if not transaction:
                return view(request, *args, **kwargs)
            with speaking_as(request.actor):
                return view(request, *args, **kwargs)

        return _marked(gate, action)

    return mark


def asking(action: str) -> Callable[[ActingRequest], bool]:
    """The same question for a route of the API whose body is parsed before its view: asked before that.

    To be given as the route's `auth`, beside `guarded` on the view. Raises Refused.
    """

    def ask(request: ActingRequest) -> bool:
        allow(request.actor, action)
        return True

    return ask


def public(view: View) -> MarkedView:
    """Mark a view that anyone may open (sign-in, health)."""
    return _marked(view, None)


def opens(actor: Actor, address: str) -> bool:
    """Whether the policy lets the actor open that page of ours; what stands on it is another question."""
    try:
        action = getattr(resolve(address.partition("?")[0].partition("#")[0]).func, "guarded_action", None)
    except Resolver404:
        return False
    return action is None or bool(decide(actor, action))


def _takes(request: ActingRequest, methods: Sequence[str]) -> bool:
    return request.method in methods or request.path.startswith(("/api/", "/fhir"))


def _marked(view: View, action: str | None) -> MarkedView:
    marked = cast(MarkedView, view)  # a function takes the attribute, its type cannot say so
    marked.guarded_action = action
    return marked


def allow(actor: Actor, action: str, facts: Facts | None = None) -> None:
    """Raise Refused unless the policy allows the act."""
    decision = decide(actor, action, facts)
    if not decision:
        raise Refused(decision.reason, anonymous=actor.kind == "anonymous")


def _forged(request: ActingRequest) -> HttpResponse | None:
    """Refuse a cross-site request of a signed-in browser, also on API routes, which frameworks exempt.

    A bearer token is never sent by a browser on its own, so machines need no such proof.
    """
    if request.actor.kind != "account":
        return None
    return _CSRF.process_view(request, _checked_here, (), {})


def _checked_here(request: HttpRequest) -> HttpResponse:
    raise AssertionError("only its (missing) csrf_exempt mark is read")


_CSRF = CsrfViewMiddleware(_checked_here)
