/** Checks of all requests from the network: access and limits. */
package io.github.coconut4j.serve.http;
