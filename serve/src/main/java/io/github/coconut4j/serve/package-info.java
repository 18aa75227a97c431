/** A server for models, runs and searches: a web page to watch them, and OpenAI's API. */
package io.github.coconut4j.serve;
