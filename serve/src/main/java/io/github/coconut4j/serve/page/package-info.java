/** What the page shows: models that think, runs and searches. */
package io.github.coconut4j.serve.page;
