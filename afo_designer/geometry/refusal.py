"""The one error that means: this input cannot be used, and here is why."""


class InputRefused(ValueError):
    """Input that cannot be used.

    The message is one or two sentences for a person: what was wrong, where, the value met,
    the range allowed, what to do. Subclasses live beside the code that raises them.
    """
