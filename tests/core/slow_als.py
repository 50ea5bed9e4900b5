"""Alternating least squares as the formulas say, cell by cell: slow, and easy to believe."""

import numpy as np


def naive_fold_in(item_factors, positions, weights, parameters):
    """Normal equations of one row, summed cell by cell over every item of the shop."""
    items, factors = item_factors.shape
    weight = dict(zip(positions, weights, strict=True))
    left, right = np.zeros((factors, factors)), np.zeros(factors)
    for item in range(items):
        confidence = 1.0 + parameters.alpha * weight.get(item, 0.0)
        preference = 1.0 if item in weight else 0.0
        for a in range(factors):
            right[a] += confidence * preference * item_factors[item, a]
            for b in range(factors):
                left[a, b] += confidence * item_factors[item, a] * item_factors[item, b]
    for a in range(factors):
        left[a, a] += parameters.regularization * len(weight)
    return np.linalg.inv(left) @ right


def naive_als(table, parameters, sweeps):
    """Factors of customers and items, by dense weighted least squares in turns."""
    rng = np.random.default_rng(parameters.seed)
    customers, items = (rng.normal(0, 0.1, (size, parameters.factors)) for size in table.shape)
    for _ in range(sweeps):
        customers = solve_all(table, items, parameters)
        items = solve_all(table.T, customers, parameters)
    return customers, items


def solve_all(table, fixed, parameters):
    """One row of factors for each row of the table, while the other side is fixed."""
    rows = []
    for row in table:
        confidence = np.diag(1.0 + parameters.alpha * row)
        penalty = parameters.regularization * np.count_nonzero(row) * np.eye(fixed.shape[1])
        left = fixed.T @ confidence @ fixed + penalty
        rows.append(np.linalg.solve(left, fixed.T @ confidence @ (row > 0)))
    return np.array(rows)
