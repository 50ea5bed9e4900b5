"""What a shop tells after a checkout, so that the next page knows."""

from django_clvrec.feedback import attribute
from django_clvrec.serving import customer_bought
from django_clvrec.threads import in_thread


def order_placed(
    customer_key: str,
    visitor_key: str | None = None,
    *,
    source: str | None = None,
    is_personalised: bool = True,
) -> str:
    """Call it when an order is committed, or was paid back; the customer's tier by now.

    What is cached of the customer's purchases is forgotten, a change of tier is noted and told,
    and what was bought is put down to the lists that led there. `visitor_key` is what the policy
    called the buyer before the shop knew the customer. With `is_personalised` False, of who wants
    no lists of their own, no tier is looked up or noted: it is `new`.

    ```python
    transaction.on_commit(partial(order_placed, str(customer.pk)), robust=True)
    ```

    Without it the next visit finds out by itself, and `clvrec.attribute` does the rest.
    """
    customer_key = str(customer_key)  # whoever gives a primary key means its text
    tier = customer_bought(customer_key, source, is_personalised=is_personalised)
    attribute(customer_key, visitor_key=visitor_key, source=source)
    return tier


aorder_placed = in_thread(order_placed)
