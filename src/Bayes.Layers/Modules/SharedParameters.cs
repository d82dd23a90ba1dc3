using System.Runtime.CompilerServices;
using TorchSharp.Modules;

namespace Bayes.Layers.Modules;

/// <summary>
/// Parameters that several layers share. Each is freed with the last layer that uses it, and stays shared when <c>.to(…)</c> replaces it: TorchSharp
/// moves the layers one by one, and would move the parameter anew for each.
/// </summary>
/// <remarks>The tables hold their keys weakly: what nobody uses any more leaves them by itself.</remarks>
internal static class SharedParameters
{
    private static readonly ConditionalWeakTable<Parameter, StrongBox<int>> UserCounts = [];
    private static readonly ConditionalWeakTable<Parameter, Parameter> Moved = [];

    /// <summary>Notes that one layer more uses a parameter.</summary>
    public static Parameter Used(this Parameter parameter)
    {
        Interlocked.Increment(ref UserCounts.GetOrCreateValue(parameter).Value);
        return parameter;
    }

    /// <summary>Notes that a layer uses a parameter, unless that is known.</summary>
    public static void UseNew(Parameter parameter) => UserCounts.TryAdd(parameter, new StrongBox<int>(1));

    /// <summary>Notes that one layer less uses a parameter, and disposes it with the last one.</summary>
    public static void Release(Parameter parameter)
    {
        if (Interlocked.Decrement(ref UserCounts.GetOrCreateValue(parameter).Value) <= 0)
            parameter.Dispose();
    }

    /// <summary>Notes what a parameter became in the first of its layers that was moved.</summary>
    public static void Follow(Parameter parameter, Parameter moved) => Moved.AddOrUpdate(parameter, moved);

    /// <summary>Returns what a parameter became in another layer, or null if it was not moved.</summary>
    public static Parameter? FindMoved(Parameter parameter) => Moved.TryGetValue(parameter, out var moved) && !moved.IsInvalid ? moved : null;
}
