"""What recommenders are called that the extra `deep` trains."""

from django_clvrec.core.recommenders.names import (
    AUTOENCODERS,
    DAE,
    DEEP,
    DEEP_DAE,
    DQN,
    MULT_VAE,
    NEXT_BASKET,
)

__all__ = ["AUTOENCODERS", "DAE", "DEEP", "DEEP_DAE", "DQN", "MULT_VAE", "NEXT_BASKET"]
