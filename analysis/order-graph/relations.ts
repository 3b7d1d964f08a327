import { Relation } from './resource-classes.ts';

/**
 * How the things along a path of links lie to each other, as a number: bit 0 = one leads to a later page of its inode, bit 1 =
 * one to an earlier page, from bit 2 on how many lead to another inode or process (2 = more); FREE = anything is possible.
 */
export type Relations = number;

export const START: Relations = 0;
const FREE: Relations = 16;
const OTHER = 4;

export function addRelation(path: Relations, relation: number): Relations {
  if (path === FREE || relation === Relation.any || (relation === Relation.other && path >= OTHER)) {
    return FREE;
  }
  switch (relation) {
    case Relation.other:
      return path + OTHER;
    case Relation.up:
      return path | 1;
    case Relation.down:
      return path | 2;
    default:
      return path;
  }
}

/**
 * Whether a circle can come back to what it began with: one that leads from an inode to another just once does not, nor one
 * that only leads to later pages. The lock of a page, then the writeback of the same, and elsewhere the writeback of a
 * page, then the lock of a later one: that is ordinary, and no danger.
 */
export function isPossible(circle: Relations): boolean {
  return circle === FREE || (circle < OTHER && ((circle & 1) !== 0) === ((circle & 2) !== 0));
}
