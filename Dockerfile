# The app as a container: the wheel of this folder and the packages of requirements.lock, each proved by its hash.
#
#   docker build --tag saleor-crm .
#   docker run --env-file .env --publish 127.0.0.1:8000:8000 saleor-crm

ARG PYTHON=3.11-slim-bookworm

FROM python:${PYTHON} AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /build
COPY requirements.lock ./
RUN sed -nE '/^(uv|hatchling|packaging|pathspec|pluggy|tomlkit|trove-classifiers)==/,/[^\\]$/p' requirements.lock > tools.lock \
    && python -m venv tools \
    && tools/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps --requirement tools.lock
COPY pyproject.toml README.md LICENSE CHANGELOG.md manifest.json ./
COPY graphql graphql
COPY saleor_crm_app saleor_crm_app
# what is installed must be in the lock: with --require-hashes anything else is refused
RUN tools/bin/hatchling build --target wheel --directory dist \
    && for wheel in dist/*.whl; do \
        printf './%s[otel] --hash=sha256:%s\n' "$wheel" "$(sha256sum "$wheel" | cut -c 1-64)" > wheel.lock; \
    done \
    && python -m venv --without-pip /opt/saleor-crm \
    && tools/bin/uv pip install --python /opt/saleor-crm --require-hashes --compile-bytecode \
        --constraint requirements.lock --requirement wheel.lock

FROM python:${PYTHON}
LABEL org.opencontainers.image.title="Saleor CRM" \
    org.opencontainers.image.licenses="BSD-3-Clause"
# pip and its kind are for building; home is only used where DATABASE_URL is unset
RUN rm -rf /usr/local/lib/python3.*/site-packages/* /usr/local/bin/pip* /usr/local/bin/wheel \
    && groupadd --gid 10001 crm \
    && useradd --uid 10001 --gid crm --no-create-home --home-dir /var/lib/saleor-crm --shell /usr/sbin/nologin crm \
    && install --directory --owner crm --group crm --mode 0700 /var/lib/saleor-crm
COPY --from=build /opt/saleor-crm /opt/saleor-crm
ENV PATH=/opt/saleor-crm/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SALEOR_CRM_HOME=/var/lib/saleor-crm
WORKDIR /var/lib/saleor-crm
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
ENTRYPOINT ["saleor-crm"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
