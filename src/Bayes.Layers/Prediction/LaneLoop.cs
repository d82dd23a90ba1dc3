using System.Runtime.CompilerServices;
using Bayes.Layers.Numerics;

namespace Bayes.Layers.Prediction;

/// <summary>A function of every number of a span, in place.</summary>
internal abstract class LaneLoop<TLanes> where TLanes : struct, ILanes<TLanes>
{
    /// <summary>Puts the function's values in the place of the numbers.</summary>
    public abstract void Apply(Span<TLanes> values);

    /// <summary>That of a function that the compiler puts into the loop.</summary>
    public sealed class Of<TFunction>(TFunction function) : LaneLoop<TLanes> where TFunction : struct, ILaneFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Apply(Span<TLanes> values)
        {
            var own = function;
            foreach (ref var value in values)
                value = own.Of(value);
        }
    }
}
