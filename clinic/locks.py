"""Lock first, then read: the two steps must not be one query when the query joins."""


def lock(model, pk, *related):
    """Lock the row `pk` of `model` until the commit, then read it with its `related` rows. DoesNotExist as `get`.

    One query with a join would do worse than nothing: after waiting for the lock, READ COMMITTED looks at the
    locked row again but at the *old* rows it was joined to. An appointment moved to another doctor meanwhile is
    then "not found", and one that has just been given a token has none.
    """
    model.objects.select_for_update(no_key=True).only("pk").get(pk=pk)
    return model.objects.select_related(*related).get(pk=pk)
