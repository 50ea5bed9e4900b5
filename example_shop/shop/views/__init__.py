"""The pages of the storefront, by what a visitor does there."""
