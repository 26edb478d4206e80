"""gunicorn for the larger deployment: HTTP only, several processes with a few threads each."""

import os

bind = os.environ.get("WEB_BIND", "0.0.0.0:8000")
workers = int(os.environ.get("WEB_WORKERS", "3"))
threads = 4  # a page that checks a password must not hold up the others of its process
worker_class = "gthread"
timeout = 30
graceful_timeout = 20
keepalive = 15
max_requests = 5000  # a slow leak in any library never becomes a problem of the clinic
max_requests_jitter = 500
accesslog = None  # the proxy writes it, without query strings
forwarded_allow_ips = "*"  # only the proxy can reach this port
control_socket_disable = True  # the container is read-only, and nobody needs to steer it from inside
