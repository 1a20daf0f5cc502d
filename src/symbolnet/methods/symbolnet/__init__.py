"""The whole accuracy-complexity front of a data set, by second derivatives of the loss."""
