"""What goes wrong with the shop's API on purpose: the next calls, or all of them until told otherwise."""

from collections import deque
from collections.abc import Callable
from enum import StrEnum

from graphql import DocumentNode, OperationDefinitionNode
from starlette.responses import HTMLResponse, JSONResponse, Response


class Trouble(StrEnum):
    """How a call is answered instead of being answered; a LOST one is done all the same."""

    LOST = "LOST"
    UNAVAILABLE = "UNAVAILABLE"
    BUSY = "BUSY"
    HTML = "HTML"
    HALF = "HALF"
    ERROR = "ERROR"


class Troubles:
    """`coming` befalls the next calls one by one, None lets one pass; `lasting` all after that.

    `calls` are the operations that were asked for, answered or not, and `before_call` is told of each.
    """

    def __init__(self) -> None:
        self.coming: deque[Trouble | None] = deque()
        self.lasting: Trouble | None = None
        self.retry_after: int | None = 1
        self.calls: list[str] = []
        self.before_call: Callable[[str], None] = lambda _name: None

    def befall(self, document: DocumentNode) -> Trouble | None:
        """What happens to this call, if anything."""
        name = _name_of(document)
        self.calls.append(name)
        self.before_call(name)
        return self.coming.popleft() if self.coming else self.lasting

    def answer(self, trouble: Trouble) -> Response:
        """What comes instead of an answer."""
        match trouble:
            case Trouble.UNAVAILABLE | Trouble.LOST:
                return JSONResponse({"detail": "down"}, status_code=503)
            case Trouble.BUSY:
                headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
                return JSONResponse({"detail": "too many requests"}, status_code=429, headers=headers)
            case Trouble.HTML:
                return HTMLResponse("<html><body>Be right back</body></html>")
            case Trouble.HALF:
                return Response('{"data": {"orders": {"edges": [', media_type="application/json")
            case Trouble.ERROR:
                return JSONResponse({"errors": [{"message": "Internal Server Error"}], "data": None})


def _name_of(document: DocumentNode) -> str:
    names = (one.name.value for one in document.definitions if isinstance(one, OperationDefinitionNode) and one.name)
    return next(names, "")
