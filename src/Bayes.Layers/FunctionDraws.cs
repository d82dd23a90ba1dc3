using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers;

/// <summary>Functions that were drawn from a <see cref="FunctionDistribution"/>: every call applies the same ones.</summary>
/// <remarks>Owns what was drawn: dispose it.</remarks>
public abstract class FunctionDraws : IDisposable
{
    /// <summary>Creates an object that holds <paramref name="count"/> functions.</summary>
    /// <param name="count">S; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1.</exception>
    protected FunctionDraws(int count) => Count = (int)Require.Positive(count);

    /// <summary>Gets S, the number of functions.</summary>
    public int Count { get; }

    /// <summary>Applies each function to all rows.</summary>
    /// <param name="input"><c>[B, …]</c>. It stays as it is.</param>
    /// <returns><c>[S, B, …]</c>, a new tensor that belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The input does not fit.</exception>
    public abstract Tensor Apply(Tensor input);

    /// <summary>Applies each function to all rows of one or several inputs. By default takes one.</summary>
    /// <param name="input"><c>[B, …]</c> for each input. They stay as they are.</param>
    /// <returns><c>[S, B, …]</c>, a new tensor that belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The input does not fit, or there are several.</exception>
    public virtual Tensor Apply(NetworkInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Apply(input.RequireOne("The functions of this distribution take"));
    }

    /// <summary>
    /// Draws everything that <see cref="Apply(NetworkInput)"/> would draw when it first needs it, so that several threads can call it.
    /// </summary>
    internal virtual void DrawAll()
    {
    }

    /// <summary>Frees the functions.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the functions; does nothing by default.</summary>
    /// <param name="disposing">True if the object is disposed, and false if it is finalized.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
