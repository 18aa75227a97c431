/** Models as directories that programs open with only ND4J. */
package io.github.coconut4j.export;
