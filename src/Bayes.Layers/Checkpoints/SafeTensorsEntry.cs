using static TorchSharp.torch;

namespace Bayes.Layers.Checkpoints;

/// <summary>The place of a tensor in a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Begin">The offset of its first byte from the start of the data.</param>
/// <param name="End">The offset of the byte after its last.</param>
internal sealed record SafeTensorsEntry(string Name, ScalarType Type, long[] Shape, long Begin, long End);
