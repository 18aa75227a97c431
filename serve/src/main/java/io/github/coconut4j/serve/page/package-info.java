/** The content of the web page: thoughts of models, runs and searches. */
package io.github.coconut4j.serve.page;
