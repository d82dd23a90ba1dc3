using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Xml.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>
/// Removes from a documentation file every member that no user of the assembly can name: those that are not public, nor protected in a class that
/// can be derived from. Members are named as the C# specification says ("Documentation comments", processing the documentation file).
/// </summary>
public class KeepPublicDocumentation : Task
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Required]
    public string AssemblyFile { get; set; }

    [Required]
    public string Reflection { get; set; }

    [Required]
    public string[] References { get; set; }

    [Required]
    public string Documentation { get; set; }

    public override bool Execute()
    {
        var visible = new HashSet<string>();
        using (var context = Context())
            foreach (var type in ((Assembly)Call(context, "LoadFromAssemblyPath", AssemblyFile)).GetTypes().Where(IsVisible))
            {
                visible.Add("T:" + NameOf(type.FullName));
                foreach (var member in type.GetMembers(Declared).Where(IsVisible))
                    visible.Add(Id(type, member));
            }
        var document = XDocument.Load(Documentation, LoadOptions.PreserveWhitespace);
        foreach (var member in document.Descendants("member").Where(each => !visible.Contains((string)each.Attribute("name"))).ToArray())
        {
            if (member.PreviousNode is XText space)
                space.Remove();
            member.Remove();
        }
        document.Save(Documentation, SaveOptions.DisableFormatting);
        return true;
    }

    // An inline task compiles for .NET Standard, and MSBuild's System.Reflection.MetadataLoadContext for .NET: it is called without a reference.
    private IDisposable Context()
    {
        var reflection = Assembly.LoadFrom(Reflection);
        var files = References.Append(AssemblyFile);
        object resolver = Activator.CreateInstance(reflection.GetType("System.Reflection.PathAssemblyResolver"), files);
        return (IDisposable)Activator.CreateInstance(reflection.GetType("System.Reflection.MetadataLoadContext"), resolver, null);
    }

    private static object Call(object target, string name, object argument) => target.GetType().GetMethod(name).Invoke(target, new[] { argument });

    private static bool IsVisible(Type type) =>
        type.IsNested ? IsVisible(type.DeclaringType) && (type.IsNestedPublic || type.IsNestedFamily || type.IsNestedFamORAssem) : type.IsPublic;

    private static bool IsVisible(MemberInfo member)
    {
        switch (member)
        {
            case MethodBase method: return method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;
            case FieldInfo field: return field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly;
            case PropertyInfo property: return property.GetAccessors(nonPublic: true).Any(IsVisible);
            case EventInfo changed: return IsVisible(changed.GetAddMethod(nonPublic: true));
            default: return false;
        }
    }

    private static string Id(Type type, MemberInfo member)
    {
        string name = NameOf(type.FullName) + "." + member.Name.Replace('.', '#');
        switch (member)
        {
            case MethodBase method:
                string arity = method.IsGenericMethod ? "``" + method.GetGenericArguments().Length : "";
                string result = method.Name == "op_Implicit" || method.Name == "op_Explicit" ? "~" + Id(((MethodInfo)method).ReturnType) : "";
                return "M:" + name + arity + Id(method.GetParameters()) + result;
            case PropertyInfo property: return "P:" + name + Id(property.GetIndexParameters());
            case EventInfo _: return "E:" + name;
            default: return "F:" + name;
        }
    }

    private static string Id(ParameterInfo[] parameters) =>
        parameters.Length == 0 ? "" : "(" + string.Join(",", parameters.Select(each => Id(each.ParameterType))) + ")";

    private static string Id(Type type)
    {
        if (type.IsByRef)
            return Id(type.GetElementType()) + "@";
        if (type.IsPointer)
            return Id(type.GetElementType()) + "*";
        if (type.IsArray)
            return Id(type.GetElementType())
                + (type.GetArrayRank() == 1 ? "[]" : "[" + string.Join(",", Enumerable.Repeat("0:", type.GetArrayRank())) + "]");
        if (type.IsGenericParameter)
            return (type.DeclaringMethod == null ? "`" : "``") + type.GenericParameterPosition;
        if (!type.IsGenericType)
            return NameOf(type.FullName);

        // Each type around a nested one has its own arguments: A{X}.B{Y}.
        var arguments = new Queue<Type>(type.GetGenericArguments());
        var parts = NameOf(type.GetGenericTypeDefinition().FullName).Split('.').Select(part =>
        {
            int mark = part.IndexOf('`');
            return mark < 0 ? part : part.Substring(0, mark) + "{"
                + string.Join(",", Enumerable.Range(0, int.Parse(part.Substring(mark + 1))).Select(_ => Id(arguments.Dequeue())).ToArray()) + "}";
        });
        return string.Join(".", parts);
    }

    private static string NameOf(string fullName) => fullName.Replace('+', '.');
}
