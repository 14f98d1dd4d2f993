"""Links: what leaves for other systems, each message written in the transaction of the change it tells of.

`outbox.enqueue` puts a message beside the change; `delivery.deliver_due` carries messages out, again and
again until the destination has answered. Today's destinations are the webhooks of units.
"""
