using System.Numerics;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Training;

/// <summary>What the parts of a <see cref="SmallNetwork{T}"/> draw from in a pass.</summary>
/// <param name="Arithmetic">Draws weights.</param>
/// <param name="Samples">S, the number of draws.</param>
/// <param name="Rows">B, the rows of a batch.</param>
/// <param name="Noise">The source of noise.</param>
internal readonly record struct SmallPass<T>(ManagedArithmetic<T> Arithmetic, int Samples, int Rows, NoiseSource Noise)
    where T : unmanaged, IFloatingPointIeee754<T>;
