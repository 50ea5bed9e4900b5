"""Where the heavy work runs. Engines read a purchase log and write stage outputs; no Django."""
