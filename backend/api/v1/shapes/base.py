"""What all shapes have in common. Instants are UTC milliseconds since 1970-01-01."""

from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from backend.model.states import Connectivity

T = TypeVar("T")
Instant = Annotated[int, Field(description="UTC, milliseconds since 1970-01-01.")]
Names = Annotated[dict[str, str], Field(description="A name per language code.")]
Number = float | None
ConnectivityName = Annotated[str, Field(json_schema_extra={"enum": [each.name for each in Connectivity]})]


class Shape(BaseModel):
    """Common to all."""

    model_config = ConfigDict(extra="forbid")


def example(**values: Any) -> ConfigDict:
    """The settings of a shape with an example."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [values]})


class Page(Shape, Generic[T]):
    """Some rows, and where the next ones begin."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null where this was the last one.")


class ProblemShape(BaseModel):
    """Why not (RFC 9457)."""

    model_config = ConfigDict(
        title="Problem",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:enemado:problem:token",
                    "title": "Unauthorized",
                    "status": 401,
                    "detail": "A valid token is needed.",
                }
            ]
        },
    )
    type: str = Field(description="Stays the same for the same cause; programs may rely on it.")
    title: str
    status: int
    detail: str
