/** The stages of training: when more of the chain gives way to thoughts. */
package io.github.coconut4j.curriculum;
