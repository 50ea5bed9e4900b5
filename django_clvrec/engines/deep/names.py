"""What recommenders are called that the extra `deep` trains."""

DAE, DEEP_DAE, MULT_VAE = "dae", "deep_dae", "mult_vae"
AUTOENCODERS = (DAE, DEEP_DAE, MULT_VAE)
NEXT_BASKET = "next_basket"
DQN = "dqn"
DEEP = (*AUTOENCODERS, NEXT_BASKET, DQN)
"""From the simplest to the least simple."""
