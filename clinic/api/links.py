"""What follows from what: links in the schema from an answer that made something to everything its id opens."""

import re


def link(result, generator, request, public):
    """Add to every 201 the operations below what was made (a hook of the schema's generator)."""
    paths = result["paths"]
    for path, methods in paths.items():
        made = methods.get("post", {}).get("responses", {}).get("201")
        if made is not None:
            found = following(paths, path)
            if found:
                made["links"] = found
    return result


def following(paths, path):
    """{operation id: link} of the operations at and below one object of the collection `path`."""
    below = re.compile(re.escape(path) + r"\{(\w+)\}/")
    found = {}
    for other, methods in paths.items():
        match = below.match(other)
        if match is None or other.count("{") > path.count("{") + 1:
            continue
        for operation in methods.values():
            name = operation["operationId"]
            found[name] = {"operationId": name, "parameters": {match[1]: "$response.body#/id"}}
    return found
