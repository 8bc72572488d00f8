"""The list of assertions. Each is a function of the rendered objects that yields what is wrong."""

ASSERTIONS = {}


def assertion(function):
    """Puts a function on the list, under its name."""
    ASSERTIONS[function.__name__.replace("_", " ")] = function
    return function
