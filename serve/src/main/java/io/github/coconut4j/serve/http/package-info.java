/** What stands between the network and everything else: who may ask, and how much. */
package io.github.coconut4j.serve.http;
