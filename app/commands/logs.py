"""Where a process of Enemado writes what it did: a file of its own that never grows without end."""

import logging
import logging.handlers
from pathlib import Path

import structlog


def log_to(path: Path) -> None:
    """Send every log line of this process to ``path``, five files of 2 MB at most; where that fails, tell and go on without."""
    try:
        path.parent.mkdir(exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=2_000_000, backupCount=4, encoding="utf-8")
    except OSError as error:
        from app.commands.speech import say, warn

        handler = logging.NullHandler()
        warn(say("No log can be written to {file}: {reason}", file=str(path), reason=error.strerror or str(error)))
        warn("  " + say("Everything else goes on. Move or free this file, then start again to have a log."))
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "logger", "event"]),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
