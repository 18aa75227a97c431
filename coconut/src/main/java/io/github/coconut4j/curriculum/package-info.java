/** The stages of training: when thoughts replace more of the chain. */
package io.github.coconut4j.curriculum;
