"""DesignInfeasible: no orthosis can, or should, be designed."""


class DesignInfeasible(RuntimeError):
    """No orthosis can, or should, be designed; the message says why and what to do."""
