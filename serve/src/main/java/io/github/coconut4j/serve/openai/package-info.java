/** OpenAI's API: models, chat completions and completions. */
package io.github.coconut4j.serve.openai;
