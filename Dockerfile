# Studio alone, for a deployment of yours: docker run -e LANGGRAPH_URL=… -p 8000:8000 studio
FROM python:3.11-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt constraints.txt ./
RUN /venv/bin/pip install -r requirements.txt -c constraints.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STUDIO_DATA_DIR=/data
RUN useradd --system --uid 10001 studio && install -d -o studio -g studio /app /data
COPY --from=build /venv /venv
WORKDIR /app
COPY --chown=studio:studio manage.py LICENSE ./
COPY --chown=studio:studio studio studio
COPY --chown=studio:studio templates templates
COPY --chown=studio:studio static static
USER studio
RUN python manage.py collectstatic --no-input && rm -f /data/secret_key
VOLUME /data
EXPOSE 8000
# Any answer of the application is life: under ALLOWED_HOSTS the name localhost may rightly be refused.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/healthz', headers={'Host': 'localhost'}); raise SystemExit(c.getresponse().status >= 500)"]
CMD ["sh", "-c", "python manage.py migrate --no-input && exec daphne -b 0.0.0.0 -p 8000 studio.asgi:application"]
