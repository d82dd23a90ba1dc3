namespace Bayes.Layers.Onnx.Graphs;

/// <summary>What stands in a file beside the graph.</summary>
/// <param name="FormatVersion">The version of ONNX's format (<c>ir_version</c>).</param>
/// <param name="Opset">The version of the operators of the default domain.</param>
/// <param name="Producer">The program that made the file.</param>
/// <param name="ProducerVersion">Its version.</param>
/// <param name="GraphName">The name of the graph.</param>
/// <param name="Metadata">Texts by their keys.</param>
internal sealed record ModelHeader(
    long FormatVersion, long Opset, string Producer, string ProducerVersion, string GraphName, IReadOnlyDictionary<string, string> Metadata);
