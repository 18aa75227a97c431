/** A server over models, runs and searches: a page to watch them, and OpenAI's API. */
package io.github.coconut4j.serve;
