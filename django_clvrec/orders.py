"""What a shop tells after a checkout, so that the next page knows."""

from django_clvrec.feedback import attribute
from django_clvrec.serving import customer_bought


def order_placed(
    customer_key: str, visitor_key: str | None = None, *, source: str | None = None
) -> str:
    """Call it when an order is committed, or was paid back; the customer's tier by now.

    What is cached of the customer's purchases is forgotten, a change of tier is noted and told,
    and what was bought is put down to the lists that led there. `visitor_key` is what the policy
    called the buyer before the shop knew the customer.

    ```python
    transaction.on_commit(partial(order_placed, str(customer.pk)), robust=True)
    ```

    Without it the next visit finds out by itself, and `clvrec.attribute` does the rest.
    """
    tier = customer_bought(customer_key, source)
    attribute(customer_key, visitor_key=visitor_key, source=source)
    return tier
