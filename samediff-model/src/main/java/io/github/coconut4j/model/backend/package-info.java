/**
 * Backends, which compute models: ranked, found as services, and the interfaces that one
 * implements.
 */
package io.github.coconut4j.model.backend;
