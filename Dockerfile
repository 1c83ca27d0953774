FROM node:22-slim AS packages
WORKDIR /web
COPY web/package.json web/package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.13-slim
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY api api
COPY badges badges
COPY event event
COPY sync sync
COPY examples examples
COPY web web
COPY --from=packages /web/node_modules web/node_modules
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && useradd --create-home eventday && mkdir /data && chown eventday /data
USER eventday
ENV EVENTDAY_HOME=/data
VOLUME /data
EXPOSE 8000
CMD ["eventday", "serve", "--host", "0.0.0.0"]
