"""The read side for asynchronous views. docs/how-to/compatibility.md"""

from django_clvrec.serving.related import related
from django_clvrec.serving.request import recommend
from django_clvrec.serving.tiers import customer_bought, segment_of, tier_of
from django_clvrec.serving.visitors import recommend_for, segment_for, tier_for
from django_clvrec.threads import in_thread

arecommend = in_thread(recommend)
arecommend_for = in_thread(recommend_for)
arelated = in_thread(related)
atier_of = in_thread(tier_of)
atier_for = in_thread(tier_for)
asegment_of = in_thread(segment_of)
asegment_for = in_thread(segment_for)
acustomer_bought = in_thread(customer_bought)
