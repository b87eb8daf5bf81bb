"""The town at a glance: figures, sites worst first, what needs attention."""
