"""Overdensities of haloes from their neighbours: a mock, a graph network, formulas, peers."""
