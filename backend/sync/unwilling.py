"""What a node will not do, in words for the person who asked."""

from backend.model.message import Message


class Unwilling(Exception):
    """Nothing was changed."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message
