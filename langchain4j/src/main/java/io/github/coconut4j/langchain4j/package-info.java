/** LangChain4j's chat models for a model in the same process. */
package io.github.coconut4j.langchain4j;
