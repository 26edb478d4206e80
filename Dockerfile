# One image for web, live, worker and prepare; which one it is, docker-compose.yml says.
FROM python:3.13-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    CLINIC_VAR=/srv/clinic/var STATIC_ROOT=/srv/static

RUN useradd --system --create-home --home-dir /srv/clinic clinic && mkdir -p /srv/static && chown clinic /srv/static
WORKDIR /srv/clinic

COPY requirements.txt constraints.txt ./
RUN pip install -r requirements.txt

COPY --chown=clinic . .
USER clinic
RUN python -c "from pathlib import Path; from clinic import catalogues, fonts; fonts.build(Path('var/build/fonts')); catalogues.compile_stale()"

CMD ["gunicorn", "--config", "deploy/gunicorn.py", "clinic.wsgi:application"]
