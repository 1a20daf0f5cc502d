"""Laws of quantities: closed forms of powers, quotients and functions, found by search.

The steps are those of a physicist with a table: which inputs enter as a power that stands before
everything else (`separate`), which function of the quantity makes the rest simple (`outer`), and of
which few terms that is the sum (`columns`, `sums`) or which power or exponential law it follows
(`shapes`). Every proposal's constants are then fitted to the rows as they are (`proposals`).
"""
