package io.github.coconut4j.config;

import com.fasterxml.jackson.core.io.IOContext;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactoryBuilder;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.Reader;

/** Jackson's YAML with aliases resolved. */
final class ResolvingYamlFactory extends YAMLFactory {

  private static final long serialVersionUID = 1L;

  ResolvingYamlFactory(YAMLFactoryBuilder settings) {
    super(settings);
  }

  @Override
  protected YAMLParser _createParser(Reader yaml, IOContext context) {
    ResolvedEvents events = new ResolvedEvents(yaml);
    return new YAMLParser(
        context, _parserFeatures, _yamlParserFeatures, _objectCodec, yaml, events) {};
  }
}
