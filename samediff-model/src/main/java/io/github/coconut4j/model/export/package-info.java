/** Models as files that other programs open without this library. */
package io.github.coconut4j.model.export;
